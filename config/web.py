"""How gunicorn serves Triptych: `gunicorn --config python:config.web`.

Read by `make run`, by `manage.py loadtest` and by whoever deploys it, so that what is measured is
what runs. Does not say where to listen: that is `--bind`.
"""

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = 2
threads = 8
preload_app = True
graceful_timeout = 5
control_socket_disable = True
# No query and no referer: a crowd platform's id comes in one, and belongs in no log.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s "%(a)s"'

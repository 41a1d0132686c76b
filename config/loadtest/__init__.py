"""A crowd of raters against the real server, and what must be true of the study afterwards.

`manage.py loadtest` puts these together: a site of its own (site.py) with a study of its own
(study.py), raters who speak to it as browsers do (browser.py, crowd.py), the costs (measures.py)
and the rules (rules.py). Nothing here touches a database that somebody uses.
"""

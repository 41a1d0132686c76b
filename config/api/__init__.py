"""What both apps' addresses under /api/v1/ share: who may, how often, pages, problems, the schema.

The apps' own views are in generation/api and raters/api; they declare a scope for each method and
know nothing of this package: settings.py names it to Django REST framework.
"""

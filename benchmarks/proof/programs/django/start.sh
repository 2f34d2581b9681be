#!/bin/sh
set -e
python manage.py migrate --noinput
exec gunicorn library.wsgi --bind 0.0.0.0:8000 --workers 1 --graceful-timeout 3

bind = "0.0.0.0:8000"
workers = 2
accesslog = None
graceful_timeout = 3

"""Real RabbitMQ and PostgreSQL without Docker, systemd, root or fixed ports; and SMTP peers."""

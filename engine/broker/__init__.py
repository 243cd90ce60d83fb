"""RabbitMQ: what exists there, how to publish, how campaigns are taken in, and doorbells."""

"""What a deployment by ``docker-compose.yml`` needs: accounts, secrets, the broker's definitions."""

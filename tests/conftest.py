"""What all our tests share."""

pytest_plugins = ["pytester"]

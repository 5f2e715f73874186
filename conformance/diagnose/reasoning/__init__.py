"""From a conversation to statements: what the application layers say, what is proven, what is inferred."""

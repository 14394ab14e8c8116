"""The one way to ask: queries, live subscriptions and mutations over GraphQL."""

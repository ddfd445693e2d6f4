"""What a model is measured by: intents, warning signs, whole conversations. The tests and the studio share it."""

"""Reports of a validation in the forms that people and machines read."""

"""How staff sign in: what this deployment does otherwise than django-allauth, and the pages' surroundings."""

# Signing in and account safety

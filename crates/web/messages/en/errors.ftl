# What went wrong, and what to do about it.
errors-404 = This page does not exist
errors-404-words = The address may be old or mistyped. Nothing of yours is lost.
errors-403 = This is not yours to open
errors-403-words = You are signed in, but this page belongs to someone else or to another role. If you should see it, ask the operator of your programme.
errors-500 = Something broke on our side
errors-500-words = What you had already been credited is safe. Try again in a minute; if it stays so, tell the operator this id.
errors-id = Id
errors-home = To the home page
errors-signin = That account and password do not fit together. Check both and try again.

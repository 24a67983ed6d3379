# Me

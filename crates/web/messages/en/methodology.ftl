# Methodologies and factors

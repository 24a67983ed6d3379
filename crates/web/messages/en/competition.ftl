# Competitions
competition-title = Compete
competition-none = No competition is running
competition-none-words = Once your programme starts one, the board, your rank and the prizes stand here. What you walk meanwhile counts as always.

# The front page of someone who has not signed in.
programme-title = Carbon inclusion
programme-welcome = Small acts, counted to the gram
programme-what = Puhui records what you do for the climate, works out what it avoided, and shows every step of the sum. What you collect buys rewards, and what is sold as carbon comes back to you.
programme-how = How it works
programme-act = Do
programme-act-words = Ride, walk, switch off, refuse
programme-prove = Prove
programme-prove-words = A photo, a track, or your partner's data
programme-count = See the sum
programme-count-words = Formula, factor and source of every gram
programme-return = Get it back
programme-return-words = Rewards now, your share of a sale later
programme-list = Programmes here
programme-credited = Credited in all
programme-outstanding = Points outstanding

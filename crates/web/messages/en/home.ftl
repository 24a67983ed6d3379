# The participant's first page.
home-title = Home
home-to-spend = To spend
home-in-review = Being checked
home-avoided = Avoided this month
home-returned = Returned to me
home-acts = What earns
home-records = Recent records
home-all = All records
home-empty = Nothing here yet
home-empty-do = Take the metro, switch off a light, or order without tableware: your first record appears here.
home-week = Last 7 days
# { $days } is a list such as "Mon 0 g, Tue 47.5 g"; { $total } is its sum.
home-week-words = Avoided on each of the last 7 days: { $days }. Together { $total }.

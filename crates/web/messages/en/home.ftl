# The participant's first page.
home-title = Home
home-to-spend = To spend
home-today = +{ $amount } today
home-today-none = Nothing yet today
home-month = { $amount } avoided this month
home-in-review = Being checked
home-held = Held for orders
home-avoided = Avoided in all
home-returned = Returned to me
home-acts = Record an act
home-all-acts = All acts
home-records = Recent records
home-all = All records
home-day-today = Today
home-day-yesterday = Yesterday
# { $month } and { $day } are numbers, { $weekday } is "Mon".
home-day = { $weekday } { $month }/{ $day }
home-weekday-1 = Mon
home-weekday-2 = Tue
home-weekday-3 = Wed
home-weekday-4 = Thu
home-weekday-5 = Fri
home-weekday-6 = Sat
home-weekday-7 = Sun
home-empty = Start with one small thing
home-empty-1 = Choose something you did today, such as taking the metro.
home-empty-2 = Take a photo, or simply declare it.
home-empty-3 = It is credited within seconds; tap it to see how the number was made.
home-empty-go = Record the first one
home-week = Last 7 days
# { $count } is a number.
home-week-days = Acts on { $count } of 7 days
home-week-none = No acts in these 7 days; you can start any time.
# { $days } is a list such as "Mon 0 g, Tue 47.5 g"; { $total } is its sum.
home-week-words = Avoided on each of the last 7 days: { $days }. Together { $total }.
home-queue = Waiting to be sent
home-queue-words = Kept on this phone. It is sent by itself once there is a connection, and counts once.
home-queue-waiting = Waiting for a connection
home-queue-sending = Sending
home-queue-signin = Sign in again to send it
home-queue-drop = Delete
home-queue-now = Send now

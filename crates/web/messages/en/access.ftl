# Signing in and account safety
access-join = Join
access-join-first = New here? Join
access-join-one = Join { $programme }
access-join-words = It takes a minute. Every gram you avoid is counted as yours.
access-join-do = Agree and join
access-choose = Choose the programme that you want to join.
access-closed = No programme is open to join
access-closed-words = If your school, company or neighbourhood uses Puhui, ask its operator for an account or an invitation link.
access-have-one = Have an account? Sign in
access-account-hint = Only for signing in and for a forgotten password. Never shown to others.
access-password-hint = At least 8 characters. A sentence you remember is fine.
access-alias = Alias
access-alias-hint = The name that others see on boards. It need not be your own.
access-show = Show
access-hide = Hide
access-agree = What you agree to
access-agree-hint = Each is asked by itself. You can join without the optional ones, and change your mind under Me at any time.
access-must = required
access-free = optional
access-agree-more = Read in full
access-taken = This account exists already.
access-wrong-account = Enter an e-mail address or a phone number. Numbers from outside mainland China need + and the country code.
access-wrong-password = A password has 8 to 128 characters.
access-wrong-alias = An alias has 1 to 40 characters that can be shown.
access-wrong-consents = Nobody can join without agreeing to take part.
# A forgotten password
access-forgot = Forgot your password?
access-forgot-words = Enter the e-mail address you joined with. We send you a link to choose a new password. If you joined with a phone number, ask the operator of your programme.
access-forgot-do = Send the link
access-email = E-mail
access-back-to-signin = Back to sign in
access-asked = Check your mail
access-asked-words = If there is an account with this address, a link to choose a new password is on its way. It is good for one hour.
access-asked-none = Nothing came? Look among the spam, or check the address and try again.
access-new-password = New password
access-reset = Choose a new password
access-reset-words = You will be signed out on every device.
access-reset-do = Save the new password
access-reset-done = The new password is saved. Sign in with it.
access-gone = This link is no longer good
access-gone-words = A link works once and for one hour. You can ask for another.
access-again = Send a new link
access-letter-reset-subject = Choose a new password
access-letter-reset-body =
    Hello,

    somebody, most likely you, asked for a new password for the Puhui account of this address. Open this link within one hour:

    { $link }

    It works once. If it was not you, ignore this letter: your password stays as it is.
access-letter-changed-subject = Your password was changed
access-letter-changed-body =
    Hello,

    The password of your Puhui account has just been changed, and other devices were signed out.

    If that was you, there is nothing to do. If it was not, set a new password with "Forgot password" on the sign-in page at once, and tell the programme's operator.
# The outbox of a demo
access-outbox = Outbox of the demo
access-outbox-words = A demo sends no mail. What would have gone out stays here.
access-outbox-empty = No letters yet. Try a forgotten password.
access-letter-to = To
access-letter-sent = Sent, and its text wiped
# What is agreed to. Each line of a text is a paragraph.
access-consent-programme = Taking part
access-consent-programme-brief = My acts are recorded, and reductions and points are worked out from them.
access-consent-programme-text =
    What: the kind, time and amount of each act (kilometres, times), who vouches for it, and the reduction and points that follow. Your account and alias are kept apart from the books. A random cookie tells one browser from another, so that several accounts on one phone are noticed; only a hash of it is kept, and for no other use.
    Why: to calculate and check reductions, give points, hand out rewards, and count nothing twice.
    How long: the books must stand up to audits and are kept. When you close your account, your account name and alias are deleted, and the books keep a number that leads to nobody.
    Who sees it: you; reviewers, support and finance of the programme where their work needs it; verifiers and authorities, who may only read. Other participants see your alias and nothing else.
    Taking it back: under Me, at any time. From then on no new act is recorded; what you have stays yours.
access-consent-partner-events = Data from partners
access-consent-partner-events-brief = Partners such as the metro or bike hire may report acts for me, so that I need no photo.
access-consent-partner-events-text =
    What: the kind of act, its start, end and amount, and the partner's own number for it. We ask partners for no contacts, payments or other journeys of yours.
    Why: a partner's record proves more than a photo, and your acts count by themselves.
    How long: with the reduction that it proves. The partner's number serves only to notice a repeated report.
    Who sees it: as for taking part. The partner learns whether its own reports were credited, and nothing else about you.
    Taking it back: at any time. Later reports of partners are turned away.
access-consent-device-readings = Device readings from partners
access-consent-device-readings-brief = A partner whose device or app I use may pass on what it measured: steps, rides, meters.
access-consent-device-readings-text =
    What: readings that a partner passes on from a device of yours: steps of a day, time and distance of a ride, meters. No positions.
    Why: to work out the reduction, and to tell whether the reading fits the act.
    How long: with the reduction that it proves.
    Who sees it: as for taking part.
    Taking it back: at any time. Later readings are turned away. Single partners can be switched off by themselves.
access-consent-photos = Photos
access-consent-photos-brief = Photos that I upload are kept as proof and compared with earlier ones.
access-consent-photos-text =
    What: the photos you upload. They are encoded anew, without place, device and the like; only the time of the picture is kept, for checking.
    Why: to prove that an act took place, and to notice a photo that is used twice. Please keep other people's faces and documents out of the picture.
    How long: up to 180 days after the decision, for reviews, appeals and audits; then the photo is deleted, and what was found in it stays.
    Who sees it: you and the programme's reviewers; a verifier who takes a sample. Photos are never published.
    Taking it back: at any time. No new photos are taken in from then on.
access-consent-delegation = Claiming reductions for me
access-consent-delegation-brief = The programme may pool my reductions with everybody's, have them issued and sell them. I earn points either way.
access-consent-delegation-text =
    What: this programme alone may pool your confirmed reductions with those of others and have them verified, issued and sold. Nobody can do that with grams; they have to add up to tonnes.
    What for: how the money is split is published before a sale. You see which batch your grams went into, what it sold for and what your share was.
    What stays the same: points are given and spent just as well without it.
    Counted once: what you delegate is claimed one time. Please do not delegate the same act to another platform.
    Taking it back: at any time. Reductions from that day on are not claimed; what is in a batch already stays there.
access-consent-location = Tracks and places
access-consent-location-brief = Tracks of rides and walks that I send, and the place of a photo where the act asks for it. Where you have been is sensitive personal information.
access-consent-location-text =
    This is sensitive personal information. Under articles 28 and 29 of the Personal Information Protection Law it needs your separate consent. Everything else works without it, and it is asked only for acts that need it.
    What: times and positions in tracks that you send, and the position in a photo where an act must happen at a certain place.
    Why: to work out distance and speed, and to tell whether they fit the journey or the place.
    How long: a raw track is deleted within 30 days after it was decided on. Distance, duration, speeds and a drawing without a map stay.
    Who sees it: the program decides; a reviewer sees a single track only where it is in doubt. It is never published, nor given to your employer or school.
    Taking it back: at any time. No track or place is taken in from then on.
access-consent-steps = Steps
access-consent-steps-brief = The steps of each day in exports that I send. They tell of your health, which is sensitive personal information.
access-consent-steps-text =
    This is sensitive personal information. Under articles 28 and 29 of the Personal Information Protection Law it needs your separate consent. Everything else works without it.
    What: steps by day, by hour where the file tells, and which device counted them. The rest of an export, such as heart rates, is not read, and the file itself is not kept.
    Why: to credit walking, and to tell whether a person made the steps.
    How long: the counts stay with the reduction that they prove.
    Who sees it: the program decides; a reviewer sees single days where they are in doubt. Never published, nor given to your employer, school or insurer.
    Taking it back: at any time. No steps are taken in from then on.

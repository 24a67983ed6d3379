# The frame around every page, and the door.
shell-product = Puhui
shell-skip = Skip to content
shell-nav = Main
shell-tab-home = Home
shell-tab-compete = Compete
shell-tab-store = Store
shell-tab-me = Me
shell-soon = Not open yet
shell-language = English
shell-signin = Sign in
shell-signin-words = With your e-mail address, phone number, or the account your programme gave you.
shell-signout = Sign out
shell-account = E-mail or phone
shell-password = Password
shell-demo = Demo accounts
shell-foot = Puhui, open-source carbon inclusion
shell-api = API for partners

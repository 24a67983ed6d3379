# The store and its vouchers.
rewards-title = Store
rewards-words = Every reward is paid by its sponsor, not by your carbon.
rewards-purse = To spend
rewards-list = Rewards
rewards-none = Nothing on offer at the moment
rewards-paid-by = Paid by { $sponsor }
rewards-get = Get it
rewards-get-it = Get { $title }
rewards-vouchers = My vouchers
rewards-no-vouchers = What you get appears here with its code.
rewards-qr = QR code of voucher { $code }
rewards-ready = Ready
rewards-used = Used
rewards-expired = Expired
rewards-cancelled = Cancelled
rewards-left = { $count } left
rewards-being-prepared = being prepared

# 商店与券码。
rewards-title = 商店
rewards-words = 奖励都由赞助方付费，不动用你的减排量。
rewards-purse = 可用碳积分
rewards-list = 奖励
rewards-none = 暂时没有可兑换的奖励
rewards-paid-by = { $sponsor }付费
rewards-get = 兑换
rewards-get-it = 兑换{ $title }
rewards-vouchers = 我的券码
rewards-no-vouchers = 兑换后，券码会出现在这里。
rewards-qr = 券码 { $code } 的二维码
rewards-ready = 可使用
rewards-used = 已使用
rewards-expired = 已过期
rewards-cancelled = 已取消
rewards-left = 还剩 { $count } 件
rewards-being-prepared = 正在备货

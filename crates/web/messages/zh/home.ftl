# 参与者首页。
home-title = 首页
home-to-spend = 可用碳积分
home-today = 今天 +{ $amount }
home-today-none = 今天还没有记录
home-month = 本月少排 { $amount }
home-in-review = 审核中
home-held = 订单占用
home-avoided = 累计少排
home-returned = 已回馈
home-acts = 记一笔
home-all-acts = 全部行为
home-records = 最近记录
home-all = 全部记录
home-day-today = 今天
home-day-yesterday = 昨天
# { $month } 与 { $day } 是数字，{ $weekday } 是“周一”。
home-day = { $month }月{ $day }日 { $weekday }
home-weekday-1 = 周一
home-weekday-2 = 周二
home-weekday-3 = 周三
home-weekday-4 = 周四
home-weekday-5 = 周五
home-weekday-6 = 周六
home-weekday-7 = 周日
home-empty = 从一件小事开始
home-empty-1 = 选一件今天做过的事，比如坐地铁。
home-empty-2 = 拍张照片，或者只申报。
home-empty-3 = 几秒后到账，点开就能看到怎么算的。
home-empty-go = 记第一笔
home-week = 最近七天
# { $count } 是数字。
home-week-days = 七天里有 { $count } 天有行动
home-week-none = 这七天还没有行动，随时都可以开始。
# { $days } 形如“周一 0 克、周二 47.5 克”；{ $total } 是合计。
home-week-words = 最近七天每天的减排量：{ $days }。合计 { $total }。
home-queue = 等待发送
home-queue-words = 照片保存在这部手机上，联网后会自动发送，只计一次。
home-queue-waiting = 等待联网
home-queue-sending = 正在发送
home-queue-signin = 请重新登录后发送
home-queue-drop = 删除
home-queue-now = 立即发送

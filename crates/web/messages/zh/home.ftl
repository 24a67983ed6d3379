# 参与者首页。
home-title = 首页
home-to-spend = 可用碳积分
home-in-review = 审核中
home-avoided = 本月少排
home-returned = 已回馈
home-acts = 做什么能得
home-records = 最近记录
home-all = 全部记录
home-empty = 还没有记录
home-empty-do = 坐一次地铁、随手关灯，或外卖不要餐具，第一条记录就会出现在这里。
home-week = 最近七天
# { $days } 形如“周一 0 克、周二 47.5 克”；{ $total } 是合计。
home-week-words = 最近七天每天的减排量：{ $days }。合计 { $total }。

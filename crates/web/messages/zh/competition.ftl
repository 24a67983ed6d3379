# 比赛
competition-title = 比赛
competition-none = 现在没有比赛
competition-none-words = 项目开赛后，这里会显示榜单、你的名次和奖品。平时走的路照样计入减排。

# 未登录时的首页。
programme-title = 碳普惠
programme-welcome = 每一克减排，都算得清
programme-what = 普惠记录你的低碳行为，算出少排了多少，并把每一步算式摆给你看。攒下的碳积分可以换奖励，卖出的减排量也会回馈给你。
programme-how = 怎么运作
programme-act = 做
programme-act-words = 骑行、步行、关灯、不要餐具
programme-prove = 证明
programme-prove-words = 一张照片、一段轨迹，或合作方数据
programme-count = 看算式
programme-count-words = 每一克的公式、因子和来源
programme-return = 得回馈
programme-return-words = 现在换奖励，卖出后分收益
programme-list = 这里的项目
programme-credited = 累计减排
programme-outstanding = 待兑换积分

# 每一页的外框，以及登录。
shell-product = 普惠
shell-skip = 跳到正文
shell-nav = 主导航
shell-tab-home = 首页
shell-tab-compete = 比赛
shell-tab-store = 商店
shell-tab-me = 我的
shell-soon = 尚未开放
shell-language = 中文
shell-signin = 登录
shell-signin-words = 用邮箱、手机号或项目发给你的账号登录。
shell-signout = 退出登录
shell-account = 邮箱或手机号
shell-password = 密码
shell-demo = 演示账号
shell-foot = 普惠 Puhui · 开源碳普惠平台
shell-api = 合作方接口

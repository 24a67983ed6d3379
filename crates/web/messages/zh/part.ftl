# 组件
part-next = 下一页
part-first = 回到第一页
part-csv = 导出 CSV
part-filter = 筛选
part-clear = 清除
part-any = 全部
part-chart-table = 以表格显示
part-required = 必填
part-optional = 选填
part-close = 关闭
part-guide = 设计规范
part-guide-words = 色彩、字号、间距、组件和图标：浅色与深色、中文与英文，一眼看全。只在演示和开发时打开。
part-colours = 色彩与对比度
part-type = 字号
part-space = 间距
part-icons = 图标
part-open-dialog = 打开弹层

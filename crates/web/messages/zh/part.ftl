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

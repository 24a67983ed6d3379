# Components
part-next = Next page
part-first = First page
part-csv = Export CSV
part-filter = Filter
part-clear = Clear
part-any = All
part-chart-table = Show as a table
part-required = required
part-optional = optional
part-close = Close

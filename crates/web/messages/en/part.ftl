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
part-guide = Design system
part-guide-words = Colours, type, space, components and symbols in both themes and both languages. Open in the demo and to developers only.
part-colours = Colours and contrast
part-type = Type
part-space = Space
part-icons = Icons
part-open-dialog = Open the sheet

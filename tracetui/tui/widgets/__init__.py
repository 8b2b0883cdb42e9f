"""What the screens are made of. Data goes down into a widget, messages come up; none knows a screen or a workspace.

`trace_list` (its columns in `columns`) · `span_tree` (its bars in `waterfall`) · `payload/` shows what one span carried.
"""

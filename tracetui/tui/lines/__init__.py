"""Widgets that draw only the lines that are seen. Nothing here knows what a trace is.

`palette` names colours · `moves` are the moves that every view offers · `view` is a list of rows with a cursor ·
`document` is a long text wrapped where it is looked at · `reader` is a view of a document · `find` is its search.
"""

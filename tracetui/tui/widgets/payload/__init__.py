"""What one span carried, in six tabs: a file for each, all of them pure but `view`.

`subject` is what is shown and how · `paper` makes blocks · `json_text` lays out and colours JSON · `facts` is the
summary at the top · `messages`, `output`, `tools`, `attributes`, `scores`, `raw` are the tabs · `view` is the widget.
"""

"""What one span carried, in six tabs: a file for each, all of them pure but `view`.

`subject` is what is shown and how · `paper` makes blocks · `json_text`, `markdown` and `code` colour text · `facts` is
the summary at the top · `messages`, `output`, `tools`, `attributes`, `scores`, `raw` are the tabs · `calls`,
`documents` and `chips` are what messages hold · `differing` compares two prompts, `difference` draws that · `view` is
the widget.
"""

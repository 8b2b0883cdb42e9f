"""Writers: traces, spans and payloads → text in some form. Pure: they open no file and know no workspace."""

"""The desk: the web console in which agents work. Server-rendered pages, live by server-sent events."""

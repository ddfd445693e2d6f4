"""The web channel: the page at `/`, the widget under `/widget/`, the conversation under `/chat/`.

What it promises:

- The server makes the conversation's id. Only who holds the signed token of a conversation reads or writes it; no
  request names an id.
- A message carries an id that the client made. The same id again, after a lost connection, is answered from what was
  said, once; the conversation's lock holds between two requests with the same id.
- A button is pressed by the id that the server gave it; any typed text is text.
- The tracker store is the only memory, so any of several servers can answer.

| module | what it does |
|---|---|
| `options` | what may stand under the channel in credentials.yml |
| `stores` | conversations and records, where an outage is never taken for an empty conversation |
| `turns` | one message and its answer, which is handed over while it is made |
| `chat` | what a client can ask for |
| `channel` | Rasa's input channel: the addresses, the page and the widget's files |
"""

from backstride.channels.web.channel import WebChannel
from backstride.channels.web.options import WebOptions

__all__ = ["WebChannel", "WebOptions"]

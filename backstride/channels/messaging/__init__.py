"""Messaging platforms: one small shared core and one thin module a platform.

| module | what it does |
|---|---|
| `incoming` | what arrived, whatever the platform; the key of a person's conversation |
| `authenticity` | refusing what does not come from the platform |
| `credentials` | options from credentials.yml, secrets from the environment |
| `platform_limits` | the table of what fits on which platform, with sources |
| `split` | long texts in pieces, at sentences and never inside a step; texts for SMS |
| `dialects` | bold, escaping |
| `choices` | buttons: ids, what is offered now, which one a typed answer means |
| `render` | one message of the assistant -> the pieces that fit the platform |
| `reading` | what a delivery means: a text for the assistant, a button, or a sentence of the channel's own |
| `json_fields` | reading foreign JSON, where anything may be missing |
| `pictures` | the exercise drawings as PNG, drawn at build |
| `order` | one conversation's work one after another, different conversations side by side |
| `delivery` | HTTP calls with time limits, retries and Retry-After |
| `turns` | one delivery and the assistant's answer to it, under the conversation's lock |
| `output` | Rasa's way out: holds what is said in a turn |
| `outbox` | what is sent: in order, within the platform's window, logged where it fails |
| `channel` | the base class of all messaging channels, which puts these together |
| `telegram` `twilio` `slack` `messenger` | the platforms |
"""

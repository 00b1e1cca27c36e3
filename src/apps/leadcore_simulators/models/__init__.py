"""Simulators of two model vendors on their own wire: Anthropic's Messages API and OpenAI's Responses API.

They see only the request. A shared brain (`brain.py`) reads the conversation, takes real tool calls and quotes
amounts from tool results only; in liar mode it invents, so that whoever checks answers has something to catch.

They have no tokenizer. The counting rule, here and in every `usage` they report: **a token is at most four UTF-8
bytes of text and never splits a character**, so plain ASCII text of n bytes counts ceil(n / 4). What is streamed as
one delta of text is one such token.
"""

//! Model adapters: Anthropic Messages, OpenAI Chat Completions, OpenAI Responses and scripted sessions.

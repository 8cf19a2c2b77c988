//! The window: panels read the session and return commands.

//! What training loops share, whatever the model.

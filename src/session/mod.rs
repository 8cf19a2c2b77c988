//! Everything the user has open and chosen, changed in two functions only.

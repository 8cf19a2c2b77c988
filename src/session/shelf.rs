//! The models on offer, their cards, and the one that is chosen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::anomaly::ModelId;
use crate::error::{Error, Result};
use crate::inference::{Listing, Models};
use crate::models::Card;
use crate::task::{Task, Wake};

/// The models on offer.
pub struct Shelf {
    /// What can be chosen.
    pub listings: Vec<Listing>,
    /// The model that Analyse runs; `None` when there is none at all.
    pub chosen: Option<ModelId>,
    cards: BTreeMap<ModelId, CardState>,
}

enum CardState {
    Reading(Task<Card>),
    Read(Result<Card>),
}

impl Shelf {
    /// Lists the models and starts reading their cards.
    pub(super) fn new(models: &Arc<dyn Models>, wake: &Wake) -> Self {
        let listings = models.list();
        let cards = listings
            .iter()
            .map(|listing| {
                let (models, id) = (models.clone(), listing.id.clone());
                let task = Task::spawn("card", wake.clone(), move |_| models.card(&id));
                (listing.id.clone(), CardState::Reading(task))
            })
            .collect();
        Self {
            chosen: listings.first().map(|listing| listing.id.clone()),
            listings,
            cards,
        }
    }

    /// Returns the card of a model, or why it cannot be read; `None` while it is being read.
    pub fn card(&self, id: &ModelId) -> Option<std::result::Result<&Card, &Error>> {
        match self.cards.get(id)? {
            CardState::Reading(_) => None,
            CardState::Read(card) => Some(card.as_ref()),
        }
    }

    /// Returns the name of a model for people.
    pub fn title(&self, id: &ModelId) -> String {
        self.listings
            .iter()
            .find(|listing| listing.id == *id)
            .map_or_else(|| id.to_string(), |listing| listing.title.clone())
    }

    /// Returns why the chosen model cannot run, as far as its card tells.
    pub fn obstacle(&self) -> Option<&Error> {
        self.card(self.chosen.as_ref()?)?.err()
    }

    pub(super) fn poll(&mut self) -> bool {
        let mut news = false;
        for state in self.cards.values_mut() {
            if let CardState::Reading(task) = state
                && let Some(card) = task.ready()
            {
                *state = CardState::Read(card.clone());
                news = true;
            }
        }
        news
    }
}

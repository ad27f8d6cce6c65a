"""What the agent is told to say where only the relay knows what happened; what is about the hotel, functions say."""

from __future__ import annotations

SAY_AGAIN = 'Say exactly: "I am sorry, could you say that again?"'
CARRY_ON = 'Say exactly: "I am sorry, one moment." Then carry on where the conversation stopped.'
ONE_MOMENT = 'Say exactly: "One moment, please."'
STILL_THERE = 'Say exactly: "Are you still there?"'
IDLE_GOODBYE = 'Say exactly: "I will hang up now. Please call again any time. Goodbye."'
TIME_IS_SHORT = 'Say exactly: "We have about one more minute on this call."'

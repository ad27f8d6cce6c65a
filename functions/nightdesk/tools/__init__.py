"""What the agent can do. Each tool is a typed function; `TOOLBOX` has all of them, in the order the model sees them."""

from nightdesk.tools.availability import check_availability
from nightdesk.tools.calls import stop_calls
from nightdesk.tools.cancellation import cancel_reservation
from nightdesk.tools.concierge import concierge_info
from nightdesk.tools.feedback import record_feedback
from nightdesk.tools.handoff import end_call, play_hold_music, transfer_to_human
from nightdesk.tools.history import get_caller_history
from nightdesk.tools.keypad import handle_ivr_menu
from nightdesk.tools.knowledge import search_kb
from nightdesk.tools.language import set_language
from nightdesk.tools.leads import create_lead
from nightdesk.tools.payments import generate_payment_link
from nightdesk.tools.registry import Toolbox
from nightdesk.tools.reservations import create_reservation, lookup_reservation, modify_reservation
from nightdesk.tools.services import request_service, schedule_callback, take_message
from nightdesk.tools.sms import send_sms

_ALL = (
    check_availability,
    create_reservation,
    lookup_reservation,
    modify_reservation,
    cancel_reservation,
    generate_payment_link,
    search_kb,
    concierge_info,
    get_caller_history,
    create_lead,
    take_message,
    request_service,
    schedule_callback,
    send_sms,
    transfer_to_human,
    set_language,
    play_hold_music,
    stop_calls,
    record_feedback,
    end_call,
    handle_ivr_menu,
)
TOOLBOX = Toolbox({tool.name: tool for tool in _ALL})

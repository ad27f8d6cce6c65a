"""What the agent can do. Each tool is a typed function; `TOOLBOX` has all of them, in the order the model sees them."""

from nightdesk.tools.availability import check_availability
from nightdesk.tools.handoff import end_call, transfer_to_human
from nightdesk.tools.keypad import handle_ivr_menu
from nightdesk.tools.knowledge import search_kb
from nightdesk.tools.leads import create_lead
from nightdesk.tools.registry import Toolbox

_ALL = (check_availability, search_kb, create_lead, transfer_to_human, end_call, handle_ivr_menu)
TOOLBOX = Toolbox({tool.name: tool for tool in _ALL})

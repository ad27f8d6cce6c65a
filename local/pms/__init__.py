"""A property-management system for reference: what another system has to do to keep a hotel's bookings for us."""

"""What happens: phases and steps, the scheduler, guest processing, the transport mode choice, and `simulate`."""

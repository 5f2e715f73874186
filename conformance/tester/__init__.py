"""The tester's side of the protocol: data link, association, services, stimuli, expectations."""

"""How a page is clothed: templates, the frame that a generator rendered, and the policy that both obey."""

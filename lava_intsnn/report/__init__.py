"""Reports: plots of a network, and the paper's tables of cost and accuracy beside ours."""
